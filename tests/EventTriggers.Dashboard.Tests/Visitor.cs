namespace EventTriggers.Dashboard.Tests;

/// <summary>Who asks, and from where.</summary>
public enum Visitor
{
    /// <summary>Not logged in.</summary>
    Anonymous,

    /// <summary>Logged in, and may not look.</summary>
    Stranger,

    /// <summary>May look, and change nothing.</summary>
    Viewer,

    /// <summary>May look and change.</summary>
    Operator,

    /// <summary>An operator's browser that shows a page of another origin.</summary>
    OtherOrigin,

    /// <summary>An operator's browser, without the header that pages of the dashboard send.</summary>
    NoHeader,
}
