namespace EventTriggers.Triggers.Conditions;

/// <summary>Any value.</summary>
internal sealed class PresentTest : ValueTest
{
    public override bool Matches(in JsonLeaf leaf) => true;
}
