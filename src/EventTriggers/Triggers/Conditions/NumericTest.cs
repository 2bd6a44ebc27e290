namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a number within a range.</summary>
internal sealed class NumericTest(ValueRange<decimal> range) : ValueTest
{
    public ValueRange<decimal> Range => range;

    public override MatchCost Cost => new(3, 0);

    public override bool Matches(in JsonLeaf leaf) => leaf.IsNumber && range.Contains(leaf.Number);

    public override int CostIn(FieldIndex index) => index.Ranges.CostOf(range);

    public override void Enter(FieldIndex index, Clause clause) => index.Ranges.Add(range, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Ranges.Remove(range, clause);
}
