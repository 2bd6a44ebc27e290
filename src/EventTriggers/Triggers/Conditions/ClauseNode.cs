namespace EventTriggers.Triggers.Conditions;

/// <summary>What a clause asks of one object of an event: in an array, all of it of the same element.</summary>
internal sealed class ClauseNode
{
    private readonly int[] _fieldSlots;
    private readonly int[] _childSlots;
    private readonly int[] _slots;
    private readonly int _needed;

    private ClauseNode(FieldPath path, FieldTest[] fields, ClauseNode[] children)
    {
        (Path, Fields, Children) = (path, fields, children);
        _fieldSlots = Array.ConvertAll(fields, static field => field.Path.Slot);
        _childSlots = Array.ConvertAll(children, static child => child.Path.Slot);
        _slots = _childSlots.Length == 0 && _fieldSlots.Length < 2 ? _fieldSlots : [.. _fieldSlots.Union(_childSlots)];
        _needed = fields.Count(static field => !field.MayBeAbsent) + children.Count(static child => !child.MayBeAbsent);
    }

    private enum Answer
    {
        No,
        Absent,
        Yes,
    }

    public FieldPath Path { get; }

    public FieldTest[] Fields { get; }

    public ClauseNode[] Children { get; }

    /// <summary>Gets a value indicating whether an object without any of its fields satisfies it.</summary>
    private bool MayBeAbsent => _needed == 0;

    /// <summary>Asks for the names of a condition, until <see cref="Release"/>.</summary>
    public static ClauseNode Compile(Conjunction condition, FieldPath path) => new(
        path,
        [.. condition.Fields.Select(field => new FieldTest(path.Ask(field.Name, forValues: true), field)).OrderBy(static field => field.Path.Slot)],
        [.. condition.Children.Select(child => Compile(child.Value, path.Ask(child.Key, forValues: false))).OrderBy(static child => child.Path.Slot)]);

    public void Release()
    {
        foreach (var field in Fields)
        {
            field.Path.Release(forValues: true);
        }

        foreach (var child in Children)
        {
            child.Release();
            child.Path.Release(forValues: false);
        }
    }

    public IEnumerable<FieldTest> AllFields() => Fields.Concat(Children.SelectMany(static child => child.AllFields()));

    /// <summary>Tells whether an object of an event satisfies it; not, where that would take more steps than the projection has left.</summary>
    public bool Matches(int number, ReadOnlySpan<byte> json, Projection projection) => Ask(number, json, projection) != Answer.No;

    // Goes by what the object has or by what is asked of it, whichever is less.
    private Answer Ask(int number, ReadOnlySpan<byte> json, Projection projection)
    {
        var findings = projection.FindingsOf(number);
        if (!projection.Spend(1 + Math.Min(findings.Length, _slots.Length)))
        {
            return Answer.No;
        }

        var (all, needed) = (Answer.Absent, _needed);
        if (findings.Length <= _slots.Length)
        {
            foreach (ref readonly var finding in findings)
            {
                if (!Note(finding, json, projection, ref all, ref needed))
                {
                    return Answer.No;
                }
            }
        }
        else
        {
            foreach (var slot in _slots)
            {
                var at = Projection.FirstOf(findings, slot);
                if (at < findings.Length && findings[at].Slot == slot && !Note(findings[at], json, projection, ref all, ref needed))
                {
                    return Answer.No;
                }
            }
        }

        return needed == 0 ? all : Answer.No;
    }

    private bool Note(in Projection.Finding finding, ReadOnlySpan<byte> json, Projection projection, ref Answer all, ref int needed)
    {
        for (var i = FirstOf(_fieldSlots, finding.Slot); i < _fieldSlots.Length && _fieldSlots[i] == finding.Slot; i++)
        {
            if (!Note(Ask(Fields[i], finding.Leaf, json, projection), Fields[i].MayBeAbsent, ref all, ref needed))
            {
                return false;
            }
        }

        for (var i = FirstOf(_childSlots, finding.Slot); i < _childSlots.Length && _childSlots[i] == finding.Slot; i++)
        {
            if (!Note(Children[i].AskAny(finding.Object, json, projection), Children[i].MayBeAbsent, ref all, ref needed))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Note(Answer answer, bool mayBeAbsent, ref Answer all, ref int needed)
    {
        all = answer > all ? answer : all;
        needed -= mayBeAbsent ? 0 : 1;
        return answer != Answer.No;
    }

    // Of several objects, the elements of an array, one has to satisfy the whole node. One that lacks every field that may be absent says nothing of the others.
    private Answer AskAny(int first, ReadOnlySpan<byte> json, Projection projection)
    {
        var any = MayBeAbsent ? Answer.Absent : Answer.No;
        for (var number = first; number >= 0; number = projection.NextObject(number))
        {
            switch (Ask(number, json, projection))
            {
                case Answer.Yes:
                    return Answer.Yes;
                case Answer.No:
                    any = Answer.No;
                    break;
            }
        }

        return any;
    }

    private static Answer Ask(FieldTest field, int first, ReadOnlySpan<byte> json, Projection projection)
    {
        if (first < 0)
        {
            return field.MayBeAbsent ? Answer.Absent : Answer.No;
        }

        for (var leaf = first; leaf >= 0; leaf = projection.NextLeaf(leaf))
        {
            var value = projection.LeafAt(json, leaf);
            if (!projection.Spend(field.Cost.Of(value)))
            {
                return Answer.No;
            }

            if (field.Matches(value))
            {
                return Answer.Yes;
            }
        }

        return Answer.No;
    }

    // Several fields may have one name, where alternatives were put together.
    private static int FirstOf(int[] slots, int slot)
    {
        var (low, high) = (0, slots.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = slots[middle] < slot ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
