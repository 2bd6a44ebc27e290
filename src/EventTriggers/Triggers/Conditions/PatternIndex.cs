using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace EventTriggers;

/// <summary>
/// Many patterns over events of one type. An event is read once, and only what patterns ask about. Each clause is found by one of its fields, the one that leads to the
/// fewest clauses when it is added; only clauses that are found so are looked at. Several threads may match at once, but not while a pattern is added or removed.
/// </summary>
internal sealed class PatternIndex
{
    private readonly FieldPath _root = new() { Slot = 0 };
    private readonly Posting _always = new();
    private readonly HashSet<PatternEntry> _unconditional = [];
    private readonly Stack<int> _free = [];
    private readonly ConcurrentBag<Projection> _idle = [];
    private int _ids;

    private enum Finding
    {
        No,
        Absent,
        Yes,
    }

    /// <summary>Adds a pattern.</summary>
    /// <param name="pattern">The pattern; <see langword="null"/> for one that every event matches.</param>
    /// <param name="entry">What it stands for.</param>
    public void Add(EventPattern? pattern, PatternEntry entry)
    {
        if (pattern is null)
        {
            _unconditional.Add(entry);
            return;
        }

        entry.Clauses = [.. pattern.Conditions.Select(condition => Enter(new Clause(entry, Compile(condition, _root))))];
    }

    public void Remove(PatternEntry entry)
    {
        _unconditional.Remove(entry);
        foreach (var clause in entry.Clauses)
        {
            Leave(clause);
        }

        entry.Clauses = [];
    }

    /// <summary>Finds the entries whose pattern an event matches.</summary>
    /// <param name="json">The event's payload.</param>
    /// <param name="matches">Takes them, each once.</param>
    /// <exception cref="JsonException">The payload is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string of the payload is not Unicode.</exception>
    public void Match(ReadOnlySpan<byte> json, List<PatternEntry> matches)
    {
        matches.AddRange(_unconditional);
        if (_ids == _free.Count)
        {
            return;
        }

        var projection = _idle.TryTake(out var idle) ? idle : new Projection();
        FindCandidates(json, projection);
        foreach (var clause in projection.Candidates)
        {
            if (!projection.HasMatched(clause.Entry) && Evaluate(clause.Root, 0, json, projection) != Finding.No)
            {
                projection.Match(clause.Entry);
                matches.Add(clause.Entry);
            }
        }

        _idle.Add(projection);
    }

    /// <summary>Reads an event, and notes the clauses that it may satisfy; all others it does not.</summary>
    internal void FindCandidates(ReadOnlySpan<byte> json, Projection projection)
    {
        projection.Begin(_root, _ids);
        var reader = new Utf8JsonReader(json);
        reader.Read();

        // Patterns are of objects: nothing else matches any.
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            projection.Add(_always);
            projection.ReadObject(ref reader, json, _root, 0);
        }
    }

    private static Finding Evaluate(ClauseNode node, int number, ReadOnlySpan<byte> json, Projection projection)
    {
        var all = Finding.Absent;
        foreach (var field in node.Fields)
        {
            var found = Evaluate(field, number, json, projection);
            if (found == Finding.No)
            {
                return Finding.No;
            }

            all = found > all ? found : all;
        }

        foreach (var child in node.Children)
        {
            var found = EvaluateAny(child, number, json, projection);
            if (found == Finding.No)
            {
                return Finding.No;
            }

            all = found > all ? found : all;
        }

        return all;
    }

    // Of several objects, the elements of an array, one has to satisfy the whole node. One that lacks every field that may be absent says nothing of the others.
    private static Finding EvaluateAny(ClauseNode node, int parent, ReadOnlySpan<byte> json, Projection projection)
    {
        var any = node.MayBeAbsent ? Finding.Absent : Finding.No;
        for (var number = projection.FirstObject(parent, node.Slot); number >= 0; number = projection.NextObject(number))
        {
            switch (Evaluate(node, number, json, projection))
            {
                case Finding.Yes:
                    return Finding.Yes;
                case Finding.No:
                    any = Finding.No;
                    break;
            }
        }

        return any;
    }

    private static Finding Evaluate(FieldTest field, int parent, ReadOnlySpan<byte> json, Projection projection)
    {
        var leaf = projection.FirstLeaf(parent, field.Path.Slot);
        if (leaf < 0)
        {
            return field.MayBeAbsent ? Finding.Absent : Finding.No;
        }

        for (; leaf >= 0; leaf = projection.NextLeaf(leaf))
        {
            if (field.Matches(projection.LeafAt(json, leaf)))
            {
                return Finding.Yes;
            }
        }

        return Finding.No;
    }

    private static ClauseNode Compile(Condition condition, FieldPath path)
    {
        var fields = condition.Fields.Select(field => (field, Path: path.GetOrAdd(Encoding.UTF8.GetBytes(field.Name)))).ToArray();
        foreach (var (_, of) in fields)
        {
            of.AskForValues();
        }

        return new ClauseNode(
            path.Slot,
            [.. fields.Select(static field => new FieldTest(field.Path, field.field.Tests, field.field.MayBeAbsent))],
            [.. condition.Children.Select(child => Compile(child.Value, path.GetOrAdd(Encoding.UTF8.GetBytes(child.Key))))]);
    }

    private static IEnumerable<FieldTest> FieldsOf(ClauseNode node) => node.Fields.Concat(node.Children.SelectMany(FieldsOf));

    private Clause Enter(Clause clause)
    {
        clause.Id = _free.TryPop(out var free) ? free : _ids++;
        clause.Anchor = FieldsOf(clause.Root).Where(static field => !field.MayBeAbsent)
            .MinBy(static field => field.Tests.Sum(test => test.CostIn(field.Path.Index!)));
        if (clause.Anchor is null)
        {
            _always.Add(clause);
        }

        foreach (var test in clause.Anchor?.Tests ?? [])
        {
            test.Enter(clause.Anchor!.Path.Index!, clause);
        }

        return clause;
    }

    private void Leave(Clause clause)
    {
        if (clause.Anchor is null)
        {
            _always.Remove(clause);
        }

        foreach (var test in clause.Anchor?.Tests ?? [])
        {
            test.Leave(clause.Anchor!.Path.Index!, clause);
        }

        _free.Push(clause.Id);
    }
}
