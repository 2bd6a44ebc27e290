namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The attribute <c>error.type</c>.</summary>
internal static class ErrorType
{
    /// <summary>Gets the full name of an exception's class: few values, and none that comes from data.</summary>
    public static string Of(Exception failure) => failure.GetType().FullName ?? failure.GetType().Name;
}
