namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a string that equals another one, ignoring case.</summary>
internal sealed class IgnoreCaseTest(string text) : ValueTest
{
    public string Text => text;

    public override MatchCost Cost => new(4, 2);

    public override bool Matches(in JsonLeaf leaf) =>
        leaf.IsText && leaf.As16(text, static (text, found) => found.Equals(text, StringComparison.OrdinalIgnoreCase));

    public override int CostIn(FieldIndex index) => index.AnyCase.CostOf(text);

    public override void Enter(FieldIndex index, Clause clause) => index.AnyCase.Add(text, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.AnyCase.Remove(text, clause);
}
