// Lambdas as people write them; they are translated, and run as no code.
#pragma warning disable CA1304, CA1309, CA1310, CA1311, CA1862, CA1865, CA1866, CA1867
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Linq.Expressions;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>What the documents promise: each is translated for a serializer with web defaults.</summary>
internal static class PromisedLeaves
{
    private static readonly string[] Wanted = ["DE", "ab", "😀"];
    private static readonly string?[] WantedOrNone = ["DE", null];
    private static readonly List<int> Numbers = [1, 2, 3];
    private static readonly long[] Longs = [2, long.MaxValue];
    private static readonly int?[] MaybeNumbers = [1, null];
    private static readonly Color[] Colors = [Color.Red, Color.Blue];
    private static readonly Color?[] MaybeColors = [Color.Red, null];
    private static readonly HashSet<Color> ColorSet = [Color.Red];
    private static readonly HashSet<string> AnyCase = new(StringComparer.OrdinalIgnoreCase) { "de", "AB" };
    private static readonly FrozenSet<string> Frozen = Wanted.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> FrozenAnyCase = Wanted.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    private static readonly SortedSet<int> Sorted = [1, 5];
    private static readonly SortedSet<string> SortedOrdinal = new(Wanted, StringComparer.Ordinal);
    private static readonly ImmutableArray<string> Fixed = [.. Wanted];
    private static readonly ImmutableHashSet<int> FixedSet = [1, 2];
    private static readonly IReadOnlyList<string> ReadOnly = ["DE", "AT"];
    private static readonly IEnumerable<int> Lazily = Numbers.Where(static number => number > 1);
    private static readonly IReadOnlySet<string> AsInterface = AnyCase;
    private static readonly IEnumerable<string> AsSequence = AnyCase;
    private static readonly List<string> NoTexts = [];
    private static readonly DateOnly Day = new(2026, 2, 28);
    private static readonly string? Nothing = null;

    public static readonly Expression<Func<Facts, bool>>[] All =
    [
        f => f.Int == 2, f => f.Int != 2, f => f.Int > 1, f => f.Int >= 2, f => 2 > f.Int, f => f.Int <= 0, f => f.Int == 0,
        f => f.Int != 0, f => f.Int < int.MinValue
            + 1, f => -1 == f.Int,
        f => f.MaybeInt == 2, f => f.MaybeInt != 2, f => f.MaybeInt > 1, f => f.MaybeInt < 1, f => f.MaybeInt == null,
        f => f.MaybeInt != null, f => f.MaybeInt.HasValue, f => !f.MaybeInt.HasValue,
        f => f.MaybeInt!.Value == 2, f => f.MaybeInt!.Value < 2, f => (int)f.MaybeInt! == 2, f => null == f.MaybeInt, f => f.MaybeInt == 0,
        f => f.Int == 2L, f => f.Int > 1.5, f => f.Int > 1.5m, f => f.Int < 2u, f => (long)f.Int == 3, f => (decimal)f.Int == 3,
        f => f.MaybeInt > 1L, f => f.MaybeInt == 2.0,
        f => f.Short == 2, f => f.Byte == 2, f => f.SByte < 0, f => f.UInt > 2, f => f.UInt == uint.MaxValue,
        f => f.ULong == ulong.MaxValue, f => f.ULong > 3, f => f.Short > 1.5f,
        f => f.Long == 9007199254740993, f => f.Long == long.MinValue, f => f.Long > 5, f => f.MaybeLong == 5, f => f.Long > 5m,
        f => f.MaybeLong != 5, f => f.MaybeLong == null,
        f => f.Decimal > 1.5m, f => f.Decimal < 2, f => f.Decimal == 2.50m, f => f.Decimal != 2.5m, f => f.Decimal == 0,
        f => f.MaybeDecimal >= 2.5m, f => f.MaybeDecimal == null, f => f.Decimal == decimal.MaxValue,
        f => f.Decimal < decimal.MaxValue, f => f.Decimal >= decimal.MinValue, f => f.Decimal > 1
            && f.Decimal < decimal.MaxValue, f => f.Decimal == 0.0000000000000000000000000001m,
        f => f.Double >= 0.1, f => f.Double == 0.1, f => f.Double == 0, f => f.Double > 0, f => f.Double >= 0, f => f.Double < 0,
        f => f.Double != 0, f => f.Double == -0.0, f => f.Double > 1e20, f => f.Double < 1,
        f => f.MaybeDouble > 0.1, f => f.MaybeDouble != 0.1, f => f.MaybeDouble == null, f => f.Double == 0.3, f => f.Float == 0.1f,
        f => f.Float > 0.1f, f => f.Float > 1, f => f.Float != 0, f => f.Double > 1,
        f => f.Text == "DE", f => f.Text != "DE", f => "AT" == f.Text, f => f.Text == null, f => f.Text != null,
        f => f.Text == string.Empty, f => f.Text != "", f => f.Text == Nothing, f => f.Text == "a\"b\\", f => f.Text == "😀",
        f => f.Name.StartsWith("ab"), f => f.Name.EndsWith(
            "c", StringComparison.Ordinal), f => f.Name.Contains("b*"), f => f.Name.Contains('c'), f => f.Name.StartsWith('a'),
                f => f.Name.Contains("b\\"),
        f => f.Text!.StartsWith("a"), f => f.Text!.EndsWith("b"), f => f.Text!.Contains("a"), f => f.Text!.StartsWith(""),
        f => f.Text!.Contains(""), f => f.Text!.Contains("B", StringComparison.Ordinal), f => f.Text!.EndsWith('b'),
        f => f.Name.StartsWith(
            "AB", StringComparison.OrdinalIgnoreCase), f => f.Name.EndsWith(
                "C", StringComparison.OrdinalIgnoreCase), f => f.Name.StartsWith("ab") == false, f => f.Name.StartsWith("ab") != true,
        f => f.Name.Equals(
            "ABC", StringComparison.OrdinalIgnoreCase), f => string.Equals(
                f.Name, "Abc", StringComparison.OrdinalIgnoreCase), f => f.Name.Equals("abc"), f => "abc".Equals(f.Text),
                    f => f.Text!.Equals("ab"),
        f => string.Equals(f.Text, null), f => string.Equals(
            f.Text, "ab", StringComparison.Ordinal), f => string.IsNullOrEmpty(f.Text), f => Equals(f.Text, "ab"),
                f => Equals(f.Text, null), f => "İ".Equals(f.Text, StringComparison.OrdinalIgnoreCase),
        f => f.Bool, f => !f.Bool, f => f.Bool == true, f => f.Bool != true, f => f.MaybeBool == true, f => f.MaybeBool != true,
        f => f.MaybeBool == null, f => f.MaybeBool != null, f => f.MaybeBool == false, f => f.MaybeBool!.Value,
        f => f.Color == Color.Red, f => f.Color != Color.Green, f => f.MaybeColor == Color.Blue, f => f.MaybeColor != Color.Red,
        f => f.MaybeColor == null, f => f.Color > Color.Red, f => (int)f.Color == 1, f => (long)f.Color == 1,
        f => (Color)f.Int == Color.Blue, f => f.Rights == Rights.All, f => f.Rights != (Rights)4, f => f.Color == (Color)7,
        f => f.MaybeColor != null, f => f.MaybeColor >= Color.Green, f => f.Color.Equals(Color.Blue),
        f => f.Guid == Guid.Empty, f => f.Guid != Guid.Empty, f => f.Day == Day, f => f.Day != Day, f => f.Time == TimeOnly.MinValue,
        f => f.Span == TimeSpan.Zero, f => f.MaybeSpan == TimeSpan.FromSeconds(1), f => f.MaybeSpan != null,
        f => f.Char == 'x', f => f.Char != 'x', f => f.Char == 'ß', f => f.MaybeAt == null, f => f.MaybeAt != null, f => f.MaybeAt.HasValue,
        f => f.Guid.Equals(Guid.Empty), f => f.Int.Equals(2), f => f.Long.Equals(5), f => f.MaybeInt.Equals(2),
        f => Wanted.Contains(f.Text), f => !Wanted.Contains(f.Text), f => Numbers.Contains(f.Int), f => !Numbers.Contains(f.Int),
        f => Longs.Contains(f.Int), f => Longs.Contains(f.Long), f => MaybeNumbers.Contains(f.MaybeInt),
        f => MaybeNumbers.Contains(f.Int), f => Colors.Contains(f.Color), f => !Colors.Contains(f.Color),
        f => MaybeColors.Contains(f.MaybeColor), f => !MaybeColors.Contains(f.MaybeColor), f => ColorSet.Contains(f.Color),
        f => WantedOrNone.Contains(f.Text),
        f => !WantedOrNone.Contains(f.Text), f => AnyCase.Contains(f.Text!), f => !AnyCase.Contains(f.Text!), f => Frozen.Contains(f.Text!),
        f => FrozenAnyCase.Contains(f.Text!), f => Sorted.Contains(f.Int), f => SortedOrdinal.Contains(f.Text!),
        f => Fixed.Contains(f.Text!), f => FixedSet.Contains(f.Int), f => ReadOnly.Contains(f.Text), f => Lazily.Contains(f.Int),
        f => AsInterface.Contains(f.Text!), f => AsSequence.Contains(f.Text), f => Wanted.Contains(
            f.Text, StringComparer.OrdinalIgnoreCase),
        f => Wanted.Contains(f.Text, null), f => AsSequence.Contains(
            f.Text, StringComparer.Ordinal), f => new[] { 1, 3 }.Contains(f.Int), f => new List<string> { "a" }.Contains(f.Name),
                f => NoTexts.Contains(f.Name)
            || f.Bool, f => Numbers.Contains((int)f.Color),
        f => f.Tags.Contains("t"), f => f.Tags.Any(t => t == "u"), f => f.Tags.Any(t => t.StartsWith("t")), f => f.Tags.Any(t => t != "t"),
        f => f.Tags.Any(t => !t.StartsWith("t")), f => f.Tags.Any(t => t == null),
        f => f.Tags.Any(t => t != null), f => f.Tags.Any(t => Wanted.Contains(t)), f => f.Tags.Contains(
            "T", StringComparer.OrdinalIgnoreCase), f => f.Tags.Any(t => t == "t"
                || t == "u"), f => f.Set.Contains("t"), f => f.Fixed.Contains("t"), f => f.Fixed.Any(t => t == "t"),
        f => f.Ints.Contains(2), f => f.Ints.Any(i => i > 1), f => f.Ints.Any(i => !(i < 2)), f => f.Ints.Any(i => i > 0 && i < 3),
        f => f.MaybeInts.Any(i => !(i < 2)), f => f.MaybeInts.Any(i => i < 2), f => f.MaybeInts.Any(i => i == null),
        f => f.MaybeInts.Contains(null),
        f => f.MaybeInts.Any(i => i != 2), f => f.MaybeInts.Any(i => i.HasValue), f => f.MaybeInts.Any(i => i != null),
        f => f.Colors.Contains(Color.Blue), f => f.Colors.Any(c => c == Color.Red), f => f.Doubles.Any(d => d > 0.1),
        f => f.Doubles.Contains(0.1),
        f => f.Lines.Any(l => l.Sku == "x"), f => f.Lines.Any(
            l => l.Sku == "x"
                && l.Count > 1), f => f.Lines.Any(l => l.Count == 2
                || l.Sku == "y"), f => f.Lines.Any(l => l.Color == Color.Red), f => f.Lines.Any(l => l.Sku != "x"),
                    f => f.Lines.Any(l => l.Price > 1),
        f => f.Lines.Any(l => !(l.Price > 1)), f => f.Lines.Any(l => l.Marks.Contains("m")), f => f.Lines.Any(
            l => l.Sku == "x"
                && l.Marks.Any(m => m == "m")), f => f.Lines.Any(l => l.Price == null
                && l.Count < 2), f => f.Lines.Any(l => l.Sku == null),
        f => f.Place.City == "x", f => f.Place.Zip > 1, f => f.Place.Zip == 7, f => f.Place.Zip < 5
            && f.Place.City != "y", f => f.Place.Point.X == 1, f => f.Point.Y > 1, f => f.Point.X == 0, f => f.MaybePlace!.City == "x",
            f => f.MaybePlace!.City == null,
        f => f.MaybePlace!.Zip == 7, f => f.MaybePoint!.Value.X == 1, f => f.Renamed == 3, f => f.AsText == 5, f => f.AsText != 5,
        f => f.IntsAsText.Contains(2), f => f.Named == Color.Blue, f => f.Named != Color.Blue, f => f.MaybeNamed == Color.Blue,
        f => f.MaybeNamed != Color.Blue, f => f.MaybeNamed == null, f => f.MaybeNamed != null, f => f.Numbered == Color.Blue,
        f => f.Tenfold == 2, f => f.Tenfold != 2, f => Numbers.Contains(f.Tenfold), f => f.MaybeTenfold == 2, f => f.MaybeTenfold != 2,
        f => f.MaybeTenfold == null,
        f => f.YesNo, f => !f.YesNo, f => f.Retries == 3, f => f.Retries == 0, f => f.Retries > 1, f => f.Note == "none",
        f => f.Note == null, f => f.Note != "x", f => f.Sum > 1, f => f.Sum == 0, f => f.Field == 1,
    ];
}
