namespace EventTriggers.Redis.Operations;

/// <summary>The reply of a script that only confirms.</summary>
internal readonly record struct Done
{
    /// <summary>Reads the confirmation.</summary>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    /// <exception cref="InvalidOperationException">The script answered something else.</exception>
    public static Done Parse(Script script, string word)
    {
        RedisKeys.ThrowIfMisused(word);
        return word == "ok" ? default : throw script.Unexpected(word);
    }
}
