using System.Text.Json;

namespace EventTriggers;

/// <summary>A name on the way to values that patterns ask about. What no pattern asks about has none, and is skipped.</summary>
internal sealed class FieldPath
{
    private const int LongestOnStack = 256;

    private readonly Dictionary<byte[], FieldPath> _children = new(Utf8Comparer.Instance);

    /// <summary>Gets its place among the names beside it.</summary>
    public required int Slot { get; init; }

    /// <summary>Gets how many names there are below it.</summary>
    public int Count => _children.Count;

    /// <summary>Gets the clauses that are found by the values here.</summary>
    public FieldIndex? Index { get; private set; }

    public FieldIndex AskForValues() => Index ??= new FieldIndex();

    public FieldPath GetOrAdd(byte[] name)
    {
        if (!_children.TryGetValue(name, out var child))
        {
            child = new FieldPath { Slot = _children.Count };
            _children.Add(name, child);
        }

        return child;
    }

    /// <summary>Finds the child of the name that a reader is at.</summary>
    public FieldPath? Find(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Find(reader.ValueSpan);
        }

        Span<byte> name = reader.ValueSpan.Length <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[reader.ValueSpan.Length];
        try
        {
            return Find(name[..reader.CopyString(name)]);
        }
        catch (InvalidOperationException)
        {
            // It is not Unicode, so no pattern asks about it.
            return null;
        }
    }

    private FieldPath? Find(ReadOnlySpan<byte> name) =>
        _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var child) ? child : null;
}
