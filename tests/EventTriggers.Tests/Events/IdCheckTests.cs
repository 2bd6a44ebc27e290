namespace EventTriggers.Tests.Events;

/// <summary>Ids are strings, so each member that takes one checks it before anything is asked or written.</summary>
public sealed class IdCheckTests(RedisFixture redis)
{
    // One operation of each kind; the theory multiplies them by what is wrong.
    private static readonly Dictionary<string, Func<TestHost, string, Task>> Doors = new()
    {
        ["IEventStore.FindAsync"] = static async (host, id) => await host.Events.FindAsync(id),
        ["IEventStore.CancelAsync"] = static async (host, id) => await host.Events.CancelAsync(id),
        ["IEventStore.RedriveAsync"] = static async (host, id) => await host.Events.RedriveAsync(id),
        ["IEventStore.ExplainAsync"] = static async (host, id) => await host.Events.ExplainAsync(id),
        ["IEventStore.DiscardAsync"] = static async (host, id) => await host.Events.DiscardAsync(id),
        ["IOperationStore.FindAsync"] = static async (host, id) => await host.Operations.FindAsync(id),
        ["IOperationStore.StopAsync"] = static async (host, id) => await host.Operations.StopAsync(id),
        ["ITriggerStore.FindAsync"] = static async (host, id) => await host.Triggers.FindAsync(id),
        ["ITriggerStore.CancelAsync"] = static async (host, id) => await host.Triggers.CancelAsync(id),
        ["ITriggerStore.PauseAsync"] = static async (host, id) => await host.Triggers.PauseAsync(id),
        ["ITriggerStore.ResumeAsync"] = static async (host, id) => await host.Triggers.ResumeAsync(id),
        ["ITriggerStore.RescheduleAsync"] = static async (host, id) => await host.Triggers.RescheduleAsync(id, DateTimeOffset.UnixEpoch),
        ["ITriggerStore.UpdateAsync"] = static async (host, id) => await host.Triggers.UpdateAsync(
            id, Trigger.After(TimeSpan.FromHours(1)).Publish(new OrderPlaced(1))),
        ["ITriggerStore.HistoryAsync"] = static async (host, id) => await host.Triggers.HistoryAsync(id),
        ["ITriggerStore.FireNowAsync"] = static async (host, id) => await host.Triggers.FireNowAsync(id),
    };

    public static TheoryData<string> Names => [.. Doors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task AMemberThatTakesAnId_RefusesABadOne(string door)
    {
        await using var host = TestHost.Create(redis);

        foreach (var (id, problem) in ((string?, string)[])[
            (null, "null"), ("", "empty"), ("a b", "U+0020"), ("a{b}", "U+007B"), (new string('x', 241), "has 241"),
        ])
        {
            (await FluentActions.Awaiting(() => Doors[door](host, id!)).Should().ThrowAsync<ArgumentException>()).Which.Message
                .Should().Contain("id").And.Contain(problem).And.Contain("(Parameter 'id')");
        }
    }

    [Fact]
    public async Task AMemberThatTakesAGroup_RefusesABadOne()
    {
        await using var host = TestHost.Create(redis);
        Func<Task>[] doors =
        [
            async () => await host.Events.RedriveAsync("order-1", "a b"),
            async () => await host.Events.DiscardAsync("order-1", "a b"),
            async () => await host.Events.CountAsync("a b"),
            async () => await host.Events.QueryAsync(new EventQuery { Group = "a b" }).ToListAsync(),
        ];

        foreach (var door in doors)
        {
            await door.Should().ThrowAsync<ArgumentException>().WithMessage("The group must consist of*U+0020*(Parameter 'group')");
        }
    }

    [Fact]
    public void EveryMemberThatTakesAnId_IsListed() =>
        new[] { typeof(IEventStore), typeof(IOperationStore), typeof(ITriggerStore) }
            .SelectMany(
                static type => type.GetMethods()
                    .Where(static method => method.GetParameters().Any(static parameter => parameter.Name == "id"))
                    .Select(method => $"{type.Name}.{method.Name}"))
            .Should().BeEquivalentTo(Doors.Keys);
}
