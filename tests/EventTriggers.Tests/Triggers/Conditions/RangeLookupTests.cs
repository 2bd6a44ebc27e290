using System.Text;
using CsCheck;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>Values that are looked up among many ranges, beginnings and ends find what each comparison by itself says.</summary>
public sealed class RangeLookupTests
{
    private static readonly Gen<ValueRange<decimal>> Range = Gen.Select(
        Gen.Int[0, 12], Gen.Bool, Gen.Int[0, 3], Gen.Bool, static (low, lowIsOpen, length, highIsOpen) =>
        length == 0 ? new ValueRange<decimal>(low, false, low, false) : new ValueRange<decimal>(low, lowIsOpen, low + length, highIsOpen));

    private static readonly Gen<decimal> Value = Gen.Int[-1, 32].Select(static half => half / 2m);

    private static readonly Gen<string> Text = Gen.Int[0, 2].Select(static n => ((string[])["a", "b", "é"])[n]).Array[0, 5]
        .Select(static all => string.Concat(all));

    [Fact]
    public void RangeTree_Find_NotesTheClausesOfEachRangeThatHoldsOneOfTheValues() =>
        Gen.Select(Range.Array[1, 40], Value.Array[1, 20]).Sample((ranges, values) =>
    {
        var (tree, projection) = (new RangeTree<decimal>(), new Projection());
        Clause[] clauses = [.. ranges.Select(static (_, id) => new Clause(new PatternEntry(), null!) { Id = id })];
        foreach (var clause in clauses)
        {
            tree.Add(ranges[clause.Id], clause);
        }

        projection.Begin(clauses.Length);
        tree.Find([.. values.Order()], projection);

        projection.Candidates.Should().BeEquivalentTo(clauses.Where(clause => values.Any(value => Holds(ranges[clause.Id], value))));
    }, iter: 2000);

    [Fact]
    public void SortedRanges_HoldWhatOneOfThemHolds_AndStandApart() => Gen.Select(Range.Array[0, 12], Value).Sample((ranges, value) =>
    {
        var sorted = new SortedRanges<decimal>(ranges);

        sorted.Contains(value).Should().Be(ranges.Any(range => Holds(range, value)), $"{value} of {string.Join(", ", ranges)}");
        sorted.Ranges.Count(range => Holds(range, value)).Should().BeLessThanOrEqualTo(1);
    }, iter: 10_000);

    [Fact]
    public void SortedPrefixes_FindATextThatBeginsOrEndsWithOneOfThem() =>
        Gen.Select(Text.Where(static text => text.Length > 0).Array[1, 12], Text, Gen.Bool).Sample((prefixes, text, isReversed) =>
        new SortedPrefixes(prefixes.Select(Encoding.UTF8.GetBytes), isReversed).HasPrefixOf(Encoding.UTF8.GetBytes(text)).Should().Be(
            prefixes.Any(
                prefix => isReversed ? text.EndsWith(prefix, StringComparison.Ordinal) : text.StartsWith(prefix, StringComparison.Ordinal)),
            $"{text} and {string.Join(", ", prefixes)}"), iter: 10_000);

    private static bool Holds(ValueRange<decimal> range, decimal value) =>
        (value > range.Low || (value == range.Low && !range.LowIsOpen))
            && (value < range.High || (value == range.High && !range.HighIsOpen));
}
