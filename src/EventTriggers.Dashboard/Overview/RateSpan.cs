namespace EventTriggers.Dashboard.Overview;

/// <summary>Over which time a chart goes.</summary>
internal enum RateSpan
{
    /// <summary>The last hour, by the minute.</summary>
    Hour,

    /// <summary>The last 24 hours, by ten minutes.</summary>
    Day,

    /// <summary>The last 7 days, by the hour.</summary>
    Week,
}
