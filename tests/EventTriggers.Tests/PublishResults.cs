namespace EventTriggers.Tests;

/// <summary>What tests want of the answers to a publish.</summary>
internal static class PublishResults
{
    public static IReadOnlyList<string> Ids(this IEnumerable<PublishResult> results) => [.. results.Select(static result => result.Id)];
}
