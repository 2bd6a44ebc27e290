namespace EventTriggers.Triggers.Conditions;

/// <summary>A constraint that knows how the pattern writes it: explanations quote it, and matching does not need it.</summary>
internal sealed class QuotedConstraint(string name, ValueTest[] tests, bool mayBeAbsent, string wanted)
    : FieldConstraint(name, tests, mayBeAbsent)
{
    /// <summary>Gets the list of values in the pattern, as JSON.</summary>
    public string Wanted => wanted;
}
