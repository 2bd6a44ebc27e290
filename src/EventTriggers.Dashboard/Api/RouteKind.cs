namespace EventTriggers.Dashboard.Api;

/// <summary>What a route does.</summary>
internal enum RouteKind
{
    /// <summary>It serves a file of the pages.</summary>
    File,

    /// <summary>It answers a question.</summary>
    View,

    /// <summary>It changes something.</summary>
    Change,
}
