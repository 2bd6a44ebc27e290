namespace EventTriggers.Triggers.Conditions;

/// <summary>The cost of testing one value of an event, in steps. A step takes about as long as comparing two numbers.</summary>
/// <param name="Each">The cost of any value.</param>
/// <param name="Pass">The additional cost of each 16 bytes of a text.</param>
internal readonly record struct MatchCost(int Each, int Pass)
{
    private const int BytesOfPass = 16;

    public static MatchCost operator +(MatchCost one, MatchCost other) => new(one.Each + other.Each, one.Pass + other.Pass);

    public long For(in JsonLeaf leaf) => Each + (leaf.Text.Length / BytesOfPass * (long)Pass);
}
