using System.Globalization;

namespace EventTriggers.Redis.Operations;

/// <summary>What one step of a removal found.</summary>
/// <param name="Word">'done', 'more', 'busy' or 'not-found'.</param>
/// <param name="Count">How many entries were removed; after 'busy', how many consumers are alive.</param>
internal readonly record struct RemovalStep(string Word, int Count)
{
    /// <exception cref="InvalidOperationException">The answer is none of those.</exception>
    public static RemovalStep Parse(Script script, string word) =>
        word.Split(':') is ["done" or "more" or "busy", var count]
            ? new RemovalStep(word[..word.IndexOf(':', StringComparison.Ordinal)], int.Parse(count, CultureInfo.InvariantCulture))
            : word == "not-found" ? new RemovalStep(word, 0) : throw script.Unexpected(word);
}
