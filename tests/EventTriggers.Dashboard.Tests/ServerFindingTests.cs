using System.Text;
using EventTriggers.Dashboard.Overview;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What counts as wrong with servers, and with the firing of triggers.</summary>
public sealed class ServerFindingTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void AServerInOrder_OrOneThatSaysNothing_IsNotFound()
    {
        Find(new ServerRecord { Partition = 0 }).Should().BeEmpty();
        Find(new ServerRecord
        {
            Partition = 0, UsedMemoryBytes = 79, MaxMemoryBytes = 100, EvictionPolicy = "noeviction", HasFailedToPersist = false,
        }).Should().BeEmpty();
        Find(new ServerRecord { Partition = 0, UsedMemoryBytes = 79, MaxMemoryBytes = 0 }).Should().BeEmpty("it has no limit");
    }

    [Theory]
    [InlineData(81, "Warning: Partition 2: the server uses 81 % of the memory that it may use.")]
    [InlineData(96, "Error: Partition 2: the server uses 96 % of the memory that it may use.")]
    public void Memory_IsWorseTheFullerItIs(int used, string expected) =>
        Find(new ServerRecord { Partition = 2, UsedMemoryBytes = used, MaxMemoryBytes = 100 }).Should().Equal(expected);

    [Fact]
    public void WhatLosesEvents_IsAnError() =>
        Find(new ServerRecord { Partition = 1, EvictionPolicy = "allkeys-lru", HasFailedToPersist = true }).Should().Equal(
            "Error: Partition 1: the server may evict keys, and events with them (maxmemory-policy allkeys-lru).",
            "Error: Partition 1: the server could not write its snapshot or its append-only file.");

    [Fact]
    public void AnEvictionPolicy_ThatTheConsumerLoopTells_IsNotToldTwice() =>
        ServerFindingRules.Find(
            [new ServerRecord { Partition = 1, EvictionPolicy = "allkeys-lru" }],
            new ConsumerLoopStatus { Partitions = [new PartitionStatus { Index = 1, EvictionPolicy = "allkeys-lru" }] })
            .Should().BeEmpty();

    [Theory]
    [InlineData(-5, null)]
    [InlineData(10, null)]
    [InlineData(11, "Warning: Triggers fire late: a/b has been due for 11 seconds.")]
    [InlineData(600, "Error: Triggers fire late: a/b has been due for 10 minutes.")]
    public void AnOverdueTrigger_IsWorseTheLongerItIsDue(int seconds, string? expected)
    {
        var found = ServerFindingRules.OfFiring(TriggerDueAt(Now.AddSeconds(-seconds)), Now).ToArray();

        found.Select(Text).Should().Equal(expected is null ? [] : [expected]);
        found.Where(static one => one.Link != "trigger?id=a%2Fb").Should().BeEmpty();
    }

    private static IEnumerable<string> Find(ServerRecord server) =>
        ServerFindingRules.Find([server], ConsumerLoopStatus.Unknown).Select(Text);

    private static string Text(Finding finding) => $"{finding.Severity}: {finding.Text}";

    private static TriggerRecord TriggerDueAt(DateTimeOffset due) => new()
    {
        Id = "a/b",
        Kind = TriggerKind.At,
        Status = TriggerStatus.Active,
        EventType = "x",
        Payload = Encoding.UTF8.GetBytes("{}"),
        DueAt = due,
        AddedAt = due,
        FiringCount = 0,
        Tags = [],
    };
}
