namespace EventTriggers.Triggers.Conditions;

/// <summary>What it costs to ask a value of an event, in steps; a step takes about as long as the comparison of two numbers.</summary>
/// <param name="Each">What any value costs.</param>
/// <param name="Pass">What each 16 bytes of a text cost besides.</param>
internal readonly record struct MatchCost(int Each, int Pass)
{
    private const int BytesOfPass = 16;

    public static MatchCost operator +(MatchCost one, MatchCost other) => new(one.Each + other.Each, one.Pass + other.Pass);

    public long Of(in JsonLeaf leaf) => Each + (leaf.Text.Length / BytesOfPass * (long)Pass);
}
