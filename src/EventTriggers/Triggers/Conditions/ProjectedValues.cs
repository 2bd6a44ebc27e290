using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>The strings, numbers, booleans and nulls of an event that patterns test, in chains. Only escaped texts are copied.</summary>
internal sealed class ProjectedValues
{
    private Leaf[] _leaves = new Leaf[16];
    private byte[] _text = new byte[256];
    private int _count;
    private int _textLength;

    public bool IsLarge(int most) => _leaves.Length > most || _text.Length > 8 * most;

    public void Clear() => (_count, _textLength) = (0, 0);

    /// <summary>Adds the value at which the reader stands, in front of another one.</summary>
    /// <returns>The number of the value.</returns>
    public int Add(ref Utf8JsonReader reader, int next)
    {
        Grow(ref _leaves, _count + 1);
        ref var leaf = ref _leaves[_count];
        leaf = new Leaf { Kind = reader.TokenType, Start = (int)reader.TokenStartIndex, Length = reader.ValueSpan.Length, Next = next };
        if (reader.TokenType == JsonTokenType.Number)
        {
            leaf.Number = JsonNumber.Read(ref reader);
        }
        else if (reader.TokenType == JsonTokenType.String && PayloadText.IsUnicode(in reader))
        {
            leaf.IsText = true;
            leaf.Start++;
            if (reader.ValueIsEscaped)
            {
                Grow(ref _text, _textLength + reader.ValueSpan.Length);
                (leaf.IsCopied, leaf.Start, leaf.Length) = (true, _textLength, reader.CopyString(_text.AsSpan(_textLength)));
                _textLength += leaf.Length;
            }
        }

        return _count++;
    }

    public int Next(int leaf) => _leaves[leaf].Next;

    public JsonLeaf LeafAt(ReadOnlySpan<byte> json, int number)
    {
        ref var leaf = ref _leaves[number];
        var source = leaf.IsCopied ? _text : json;
        return new JsonLeaf(leaf.Kind, leaf.IsText, leaf.IsText ? source.Slice(leaf.Start, leaf.Length) : default, leaf.Number);
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, 2 * array.Length));
        }
    }

    private struct Leaf
    {
        public JsonTokenType Kind;
        public bool IsText;
        public bool IsCopied;
        public int Start;
        public int Length;
        public int Next;
        public decimal Number;
    }
}
