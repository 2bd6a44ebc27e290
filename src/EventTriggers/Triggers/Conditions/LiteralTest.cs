using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes one of the literals true, false and null.</summary>
internal sealed class LiteralTest(JsonTokenType literal) : ValueTest
{
    public override bool Matches(in JsonLeaf leaf) => leaf.Kind == literal;

    public override int CostIn(FieldIndex index) => index.Literals.CostOf(literal);

    public override void Enter(FieldIndex index, Clause clause) => index.Literals.Add(literal, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Literals.Remove(literal, clause);
}
