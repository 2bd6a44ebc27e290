using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Documents;

internal sealed class GroupsDocument
{
    public required IReadOnlyList<GroupView> Groups { get; init; }
}
