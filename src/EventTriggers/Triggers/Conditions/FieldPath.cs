using System.Text;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// A name on the path to values that patterns test. It exists as long as a pattern uses it. The reader skips a name that no pattern uses.
/// </summary>
internal sealed class FieldPath
{
    private readonly Dictionary<byte[], FieldPath> _children = PayloadText.NewNames<FieldPath>();
    private readonly FieldPath? _parent;
    private readonly byte[] _name;
    private int _slots;
    private int _uses;
    private int _usesOfValues;

    private FieldPath(FieldPath? parent, byte[] name, int slot) => (_parent, _name, Slot) = (parent, name, slot);

    /// <summary>Gets the number of this name among its siblings. The number of a removed name is not reused.</summary>
    public int Slot { get; }

    /// <summary>Gets a value indicating whether patterns use names below this one.</summary>
    public bool HasChildren => _children.Count > 0;

    /// <summary>Gets the clauses that the values here lead to; <see langword="null"/> if no pattern tests these values.</summary>
    public FieldIndex? Index { get; private set; }

    /// <summary>Gets the names below this one.</summary>
    public IEnumerable<string> Names => _children.Values.SelectMany(static child =>
    {
        var own = Encoding.UTF8.GetString(child._name);
        return (IEnumerable<string>)[own, .. child.Names.Select(name => $"{own}/{name}")];
    });

    public static FieldPath NewRoot() => new(parent: null, [], slot: 0);

    /// <summary>Acquires a name below this one, until <see cref="Release"/>.</summary>
    public FieldPath Acquire(string name, bool forValues)
    {
        var key = PayloadText.NameOf(name);
        if (!_children.TryGetValue(key, out var child))
        {
            child = new FieldPath(this, key, _slots++);
            _children.Add(key, child);
        }

        child._uses++;
        if (forValues)
        {
            child._usesOfValues++;
            child.Index ??= new FieldIndex();
        }

        return child;
    }

    /// <summary>Reverts one <see cref="Acquire"/>. A name that is no longer used is removed.</summary>
    public void Release(bool forValues)
    {
        if (forValues && --_usesOfValues == 0)
        {
            Index = null;
        }

        if (--_uses == 0)
        {
            _parent!._children.Remove(_name);
        }
    }

    /// <summary>Finds the child with the name at which the reader stands.</summary>
    public FieldPath? Find(ref readonly Utf8JsonReader reader) => PayloadText.TryFind(_children, in reader, out var child) ? child : null;
}
