namespace EventTriggers.Triggers.Conditions;

/// <summary>A pattern in an index; whoever adds it says by its own type what it stands for.</summary>
internal class PatternEntry
{
    public IReadOnlyList<Clause> Clauses { get; set; } = [];
}
