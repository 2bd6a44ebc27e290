namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes any value.</summary>
internal sealed class PresentTest : ValueTest
{
    public override bool Matches(in JsonLeaf leaf) => true;
}
