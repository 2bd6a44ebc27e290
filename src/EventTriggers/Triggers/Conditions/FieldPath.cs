using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A name on the way to values that patterns ask about, for as long as one of them does. What no pattern asks about has none, and is skipped.</summary>
internal sealed class FieldPath
{
    private readonly Dictionary<byte[], FieldPath> _children = PayloadText.NewNames<FieldPath>();
    private readonly FieldPath? _parent;
    private readonly byte[] _name;
    private int _slots;
    private int _asked;
    private int _askedForValues;

    private FieldPath(FieldPath? parent, byte[] name, int slot) => (_parent, _name, Slot) = (parent, name, slot);

    /// <summary>Gets its number among the names beside it; those that have gone keep theirs.</summary>
    public int Slot { get; }

    /// <summary>Gets a value indicating whether something is asked below it.</summary>
    public bool HasChildren => _children.Count > 0;

    /// <summary>Gets the clauses that are found by the values here; <see langword="null"/> where nothing is asked of them.</summary>
    public FieldIndex? Index { get; private set; }

    /// <summary>Gets the names below it.</summary>
    public IEnumerable<string> Names => _children.Values.SelectMany(static child =>
        (IEnumerable<string>)[Encoding.UTF8.GetString(child._name), .. child.Names.Select(name => $"{Encoding.UTF8.GetString(child._name)}/{name}")]);

    public static FieldPath NewRoot() => new(parent: null, [], slot: 0);

    /// <summary>Asks for a name below, until <see cref="Release"/>.</summary>
    public FieldPath Ask(string name, bool forValues)
    {
        var key = PayloadText.NameOf(name);
        if (!_children.TryGetValue(key, out var child))
        {
            child = new FieldPath(this, key, _slots++);
            _children.Add(key, child);
        }

        child._asked++;
        if (forValues)
        {
            child._askedForValues++;
            child.Index ??= new FieldIndex();
        }

        return child;
    }

    /// <summary>Takes one <see cref="Ask"/> back. What nobody asks for is gone.</summary>
    public void Release(bool forValues)
    {
        if (forValues && --_askedForValues == 0)
        {
            Index = null;
        }

        if (--_asked == 0)
        {
            _parent!._children.Remove(_name);
        }
    }

    /// <summary>Finds the child of the name that a reader is at.</summary>
    public FieldPath? Find(ref readonly Utf8JsonReader reader) => PayloadText.TryFind(_children, in reader, out var child) ? child : null;
}
