namespace EventTriggers.Triggers.Conditions;

/// <summary>The part of a clause that applies to one object of an event. In an array, one element must satisfy all of it.</summary>
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

    private enum Result
    {
        No,
        Absent,
        Yes,
    }

    public FieldPath Path { get; }

    public FieldTest[] Fields { get; }

    public ClauseNode[] Children { get; }

    /// <summary>Gets a value indicating whether an object without any of the fields satisfies this node.</summary>
    private bool MayBeAbsent => _needed == 0;

    /// <summary>Compiles a condition and acquires its field names, until <see cref="Release"/>.</summary>
    public static ClauseNode Compile(Conjunction condition, FieldPath path)
    {
        var fields = condition.Fields.Select(field => new FieldTest(path.Acquire(field.Name, forValues: true), field));
        var children = condition.Children.Select(child => Compile(child.Value, path.Acquire(child.Key, forValues: false)));
        return new(path, [.. fields.OrderBy(static field => field.Path.Slot)], [.. children.OrderBy(static child => child.Path.Slot)]);
    }

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

    /// <summary>
    /// Determines whether an object of an event satisfies this node. The result is <see langword="false"/> if that would take more steps
    /// than the projection has left.
    /// </summary>
    public bool Matches(int number, ReadOnlySpan<byte> json, Projection projection) => Evaluate(number, json, projection) != Result.No;

    // Walks the findings of the object or the slots of this node, whichever are fewer.
    private Result Evaluate(int number, ReadOnlySpan<byte> json, Projection projection)
    {
        var findings = projection.FindingsOf(number);
        if (!projection.Spend(1 + Math.Min(findings.Length, _slots.Length)))
        {
            return Result.No;
        }

        var (all, needed) = (Result.Absent, _needed);
        var passes = findings.Length <= _slots.Length
            ? TryEachFinding(findings, json, projection, ref all, ref needed)
            : TryEachSlot(findings, json, projection, ref all, ref needed);
        return passes && needed == 0 ? all : Result.No;
    }

    private bool TryEachFinding(
        ReadOnlySpan<Projection.Finding> findings, ReadOnlySpan<byte> json, Projection projection, ref Result all, ref int needed)
    {
        foreach (ref readonly var finding in findings)
        {
            if (!TryFinding(finding, json, projection, ref all, ref needed))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryEachSlot(
        ReadOnlySpan<Projection.Finding> findings, ReadOnlySpan<byte> json, Projection projection, ref Result all, ref int needed)
    {
        foreach (var slot in _slots)
        {
            var at = Projection.FirstOf(findings, slot);
            if (at < findings.Length
                && findings[at].Slot == slot
                && !TryFinding(findings[at], json, projection, ref all, ref needed))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryFinding(
        in Projection.Finding finding, ReadOnlySpan<byte> json, Projection projection, ref Result all, ref int needed)
    {
        for (var i = FirstOf(_fieldSlots, finding.Slot); i < _fieldSlots.Length && _fieldSlots[i] == finding.Slot; i++)
        {
            if (!TryAdd(Evaluate(Fields[i], finding.Leaf, json, projection), Fields[i].MayBeAbsent, ref all, ref needed))
            {
                return false;
            }
        }

        for (var i = FirstOf(_childSlots, finding.Slot); i < _childSlots.Length && _childSlots[i] == finding.Slot; i++)
        {
            if (!TryAdd(Children[i].EvaluateAny(finding.Object, json, projection), Children[i].MayBeAbsent, ref all, ref needed))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(Result result, bool mayBeAbsent, ref Result all, ref int needed)
    {
        all = result > all ? result : all;
        needed -= mayBeAbsent ? 0 : 1;
        return result != Result.No;
    }

    // One of the objects, which are the elements of an array, must satisfy the whole node. An object in which every optional field is
    // absent does not decide for the others.
    private Result EvaluateAny(int first, ReadOnlySpan<byte> json, Projection projection)
    {
        var any = MayBeAbsent ? Result.Absent : Result.No;
        for (var number = first; number >= 0; number = projection.NextObject(number))
        {
            switch (Evaluate(number, json, projection))
            {
                case Result.Yes:
                    return Result.Yes;
                case Result.No:
                    any = Result.No;
                    break;
            }
        }

        return any;
    }

    private static Result Evaluate(FieldTest field, int first, ReadOnlySpan<byte> json, Projection projection)
    {
        if (first < 0)
        {
            return field.MayBeAbsent ? Result.Absent : Result.No;
        }

        for (var leaf = first; leaf >= 0; leaf = projection.NextLeaf(leaf))
        {
            var value = projection.LeafAt(json, leaf);
            if (!projection.Spend(field.Cost.For(value)))
            {
                return Result.No;
            }

            if (field.Matches(value))
            {
                return Result.Yes;
            }
        }

        return Result.No;
    }

    // Several fields have the same slot where combined alternatives name the same field.
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
