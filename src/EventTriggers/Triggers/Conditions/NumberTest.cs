namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a number, however it is written: 1, 1.0 and 1e0 are the same.</summary>
internal sealed class NumberTest(decimal number) : ValueTest
{
    public decimal Number => number;

    public override bool Matches(in JsonLeaf leaf) => leaf.IsNumber && leaf.Number == number;

    public override int CostIn(FieldIndex index) => index.Numbers.CostOf(number);

    public override void Enter(FieldIndex index, Clause clause) => index.Numbers.Add(number, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Numbers.Remove(number, clause);
}
