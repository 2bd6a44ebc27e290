using System.Text;
using System.Text.Json;

namespace EventTriggers;

/// <summary>A string.</summary>
internal sealed class TextTest(string text) : ValueTest
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    public ReadOnlySpan<byte> Text => _text;

    public override bool Matches(in JsonLeaf leaf) => leaf.IsText && leaf.Text.SequenceEqual(_text);

    public override int CostIn(FieldIndex index) => index.Texts.CostOf(_text);

    public override void Enter(FieldIndex index, Clause clause) => index.Texts.Add(_text, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Texts.Remove(_text, clause);
}

/// <summary>A number, however it is written: 1, 1.0 and 1e0 are the same.</summary>
internal sealed class NumberTest(decimal number) : ValueTest
{
    public decimal Number => number;

    public override bool Matches(in JsonLeaf leaf) => leaf.IsNumber && leaf.Number == number;

    public override int CostIn(FieldIndex index) => index.Numbers.CostOf(number);

    public override void Enter(FieldIndex index, Clause clause) => index.Numbers.Add(number, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Numbers.Remove(number, clause);
}

/// <summary>True, false or null.</summary>
internal sealed class LiteralTest(JsonTokenType literal) : ValueTest
{
    public override bool Matches(in JsonLeaf leaf) => leaf.Kind == literal;

    public override int CostIn(FieldIndex index) => index.Literals.CostOf(literal);

    public override void Enter(FieldIndex index, Clause clause) => index.Literals.Add(literal, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Literals.Remove(literal, clause);
}

/// <summary>Any value.</summary>
internal sealed class PresentTest : ValueTest
{
    public override bool Matches(in JsonLeaf leaf) => true;
}

/// <summary>A value that passes none of some tests; also one of another kind.</summary>
internal sealed class AnythingButTest(ValueTest[] not) : ValueTest
{
    private readonly AnyOf _not = new(not);

    public override MatchCost Cost => _not.Cost;

    public override bool Matches(in JsonLeaf leaf) => !_not.Matches(leaf);
}
