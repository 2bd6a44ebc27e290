using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers.Triggers.Conditions.Lambdas;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>
/// Lambdas, ways to serialize, and payloads, each with each: a lambda becomes a pattern that matches exactly the events whose payload, as
/// it is read back, the compiled lambda holds for; or it is refused. EVENTTRIGGERS_DIFFERENTIAL_ROUNDS makes more random combinations,
/// EVENTTRIGGERS_DIFFERENTIAL_SEED repeats them.
/// </summary>
public sealed class WhereDifferentialTests(ITestOutputHelper output)
{
    private const int PayloadsEach = 60;
    private static readonly int Seed = int.TryParse(
        Environment.GetEnvironmentVariable(
            "EVENTTRIGGERS_DIFFERENTIAL_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : Random.Shared.Next();
    private static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable(
            "EVENTTRIGGERS_DIFFERENTIAL_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds)
        ? rounds
        : 2000;

    [Fact]
    public void Where_WhatTheDocumentsPromise_IsTranslated()
    {
        var refused = PromisedLeaves.All.Select(leaf => (leaf, Why: TryTranslate(leaf, JsonSerializerOptions.Web).Why))
            .Where(static one => one.Why is not null).ToArray();

        refused.Should().BeEmpty();
    }

    [Fact]
    public void Where_EachLeaf_HoldsWhereTheCompiledLambdaDoes()
    {
        var count = new Count();
        foreach (var variant in Variant.All)
        {
            Compare<Facts>(variant, count);
            Compare<RequiredFacts>(variant, count);
            Compare<RecordedFacts>(variant, count);
        }

        Report(count);
    }

    [Fact]
    public void Where_EachCombination_HoldsWhereTheCompiledLambdaDoes()
    {
        var (random, count) = (new Random(Seed), new Count());
        var cases = Variant.All.Select(variant => new Cases<Facts>(variant, new Payloads(random), PayloadsEach)).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var some = cases[random.Next(cases.Length)];
            some.Compare(some.Combine(random, depth: 3), count);
        }

        Report(count);
        count.Translated.Should().BeGreaterThan(count.Refused / 2, "most of what people combine is translated");
    }

    private static void Compare<T>(Variant variant, Count count)
    {
        var cases = new Cases<T>(variant, new Payloads(new Random(Seed)), PayloadsEach);
        foreach (var leaf in cases.Leaves)
        {
            cases.Compare(leaf, count);
        }
    }

    private void Report(Count count)
    {
        output.WriteLine(
            $"Seed {Seed}: {count.Translated} translated, {count.Refused} refused, {count.Compared} compared, {count.Wrong.Count} wrong.");
        count.Wrong.Values.Take(40).Should().BeEmpty($"of {count.Compared} answers with seed {Seed}, {count.Wrong.Count} are wrong");
    }

    internal static (EventPattern? Pattern, string? Why) TryTranslate(LambdaExpression condition, JsonSerializerOptions options)
    {
        try
        {
            return (LambdaTranslator.Translate([condition], options), null);
        }
        catch (NotSupportedException e)
        {
            return (null, e.Message);
        }
    }

    internal sealed class Count
    {
        public int Translated { get; set; }

        public int Refused { get; set; }

        public long Compared { get; set; }

        /// <summary>Gets the first wrong answer of each condition.</summary>
        public Dictionary<string, string> Wrong { get; } = [];
    }
}
