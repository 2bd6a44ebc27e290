namespace EventTriggers.Dashboard.Overview;

/// <summary>How bad a finding is.</summary>
internal enum FindingSeverity
{
    /// <summary>Work does not get done, or is lost.</summary>
    Error,

    /// <summary>An operator should look.</summary>
    Warning,

    /// <summary>It is so because an operator wants it so.</summary>
    Notice,
}
