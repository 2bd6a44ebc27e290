using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Says in plain words why a request failed.</summary>
internal static class Problems
{
    public static ProblemResult Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "Not allowed", detail);

    public static ProblemResult NotFound(string detail) => new(StatusCodes.Status404NotFound, "Not found", detail);

    /// <returns><see langword="null"/> for a failure that is not expected: the host handles it.</returns>
    public static ProblemResult? Find(Exception failure) => failure switch
    {
        StoreUnavailableException { MayHaveHappened: true } => new(
            StatusCodes.Status503ServiceUnavailable, "Redis did not confirm",
            $"It may have happened, or not: look before you try again. {failure.Message}"),
        StoreUnavailableException => new(
            StatusCodes.Status503ServiceUnavailable, "Redis cannot be reached", $"Nothing was changed. {failure.Message}"),
        IncompatibleStoreException => new(StatusCodes.Status503ServiceUnavailable, "Redis cannot be used", failure.Message),
        BadHttpRequestException bad => new(bad.StatusCode, "The request is not right", failure.Message),
        JsonException => new(StatusCodes.Status400BadRequest, "The request is not right", "The body is not the JSON that is expected."),
        ArgumentException => new(StatusCodes.Status400BadRequest, "The request is not right", Plain(failure.Message)),
        InvalidOperationException => new(StatusCodes.Status409Conflict, "It could not be done", failure.Message),
        _ => null,
    };

    // The name of a parameter says nothing to an operator.
    private static string Plain(string message) =>
        message.IndexOf(" (Parameter '", StringComparison.Ordinal) is var at and >= 0 ? message[..at] : message;
}
