using System.Text;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a string that equals another one.</summary>
internal sealed class TextTest(string text) : ValueTest
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    public ReadOnlySpan<byte> Text => _text;

    public override bool Matches(in JsonLeaf leaf) => leaf.IsText && leaf.Text.SequenceEqual(_text);

    public override int CostIn(FieldIndex index) => index.Texts.CostOf(_text);

    public override void Enter(FieldIndex index, Clause clause) => index.Texts.Add(_text, clause);

    public override void Leave(FieldIndex index, Clause clause) => index.Texts.Remove(_text, clause);
}
