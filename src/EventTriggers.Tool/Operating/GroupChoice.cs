namespace EventTriggers.Tool.Operating;

/// <summary>Finds the group that is meant.</summary>
internal static class GroupChoice
{
    /// <summary>Gets the group that was given, or the only one.</summary>
    /// <exception cref="ToolException">There is no such group, or it is not clear which one is meant.</exception>
    public static async Task<string> ResolveAsync(BusCall call, string? given)
    {
        if (given is not null)
        {
            return (await FindAsync(call, given)).Name;
        }

        var names = await NamesAsync(call);
        return names.Where(static name => !name.StartsWith('$')).ToArray() switch
        {
            [var only] => only,
            [] => throw new ToolException(ExitCode.NotFound, "No group has subscribed to anything yet: there are no deliveries."),
            _ => throw new ToolException(ExitCode.Usage, $"Say which group with --group: {string.Join(", ", names)}."),
        };
    }

    /// <exception cref="ToolException">There is no such group.</exception>
    public static async Task<GroupRecord> FindAsync(BusCall call, string name)
    {
        if (await call.Bus.Groups.FindAsync(name, call.Token) is { } group)
        {
            return group;
        }

        var names = await NamesAsync(call);
        throw new ToolException(
            ExitCode.NotFound,
            $"There is no group '{name}'. {(names.Length > 0 ? $"There are: {string.Join(", ", names)}." : "There are no groups.")}");
    }

    private static async Task<string[]> NamesAsync(BusCall call) =>
        [.. (await call.Bus.Groups.ListAsync(call.Token)).Select(static group => group.Name)];
}
