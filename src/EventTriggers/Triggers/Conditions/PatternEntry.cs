namespace EventTriggers.Triggers.Conditions;

/// <summary>A pattern in an index. A derived type holds what the pattern stands for.</summary>
internal class PatternEntry
{
    public IReadOnlyList<Clause> Clauses { get; set; } = [];
}
