namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a string that begins with a prefix, ignoring case.</summary>
internal sealed class PrefixIgnoreCaseTest(string prefix) : ValueTest
{
    public override MatchCost Cost => new(4 + (prefix.Length / 2), 2);

    public override bool Matches(in JsonLeaf leaf) =>
        leaf.IsText && leaf.As16(prefix, static (prefix, found) => found.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
