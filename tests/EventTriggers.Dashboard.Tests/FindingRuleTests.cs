using EventTriggers.Dashboard.Overview;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What counts as wrong, and which is worst.</summary>
public sealed class FindingRuleTests
{
    private static readonly UnroutedCounts NoUnrouted = new() { Types = [] };

    [Fact]
    public void WhereEverythingWorks_NothingIsFound() =>
        Find([Group("a", ready: 5, consumers: 1)]).Should().BeEmpty();

    [Fact]
    public void DeliveriesWithoutAConsumer_AreAnError() =>
        Find([Group("a", ready: 1200, consumers: 0)]).Should().Equal("Error: No consumer runs for group a; 1,200 deliveries wait.");

    // A pause is wanted: that nothing runs then is not one more thing.
    [Fact]
    public void APausedGroup_IsANotice_AndNothingElse() =>
        Find([Group("a", ready: 1, consumers: 0, lag: TimeSpan.FromHours(1), pause: new GroupPause { By = "ada", Reason = "bank closed" })])
            .Should().Equal("Notice: Group a is paused by ada (bank closed); 1 delivery waits.");

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "Warning: Group a is behind: its oldest ready delivery has waited for 61 seconds.")]
    [InlineData(601, "Error: Group a is behind: its oldest ready delivery has waited for 10 minutes.")]
    [InlineData(200000, "Error: Group a is behind: its oldest ready delivery has waited for 2 days.")]
    public void Lag_IsWorseTheLongerItIs(int seconds, string? expected)
    {
        string[] all = expected is null ? [] : [expected];

        Find([Group("a", ready: 1, consumers: 1, lag: TimeSpan.FromSeconds(seconds))]).Should().Equal(all);
    }

    [Fact]
    public void TheWorst_ComesFirst() =>
        Find(
            [
                Group("a", dead: 3, consumers: 1), Group("b", pause: new GroupPause(), consumers: 1), Group("c", ready: 1, consumers: 0),
            ],
            new UnroutedCounts { Types = [new UnroutedType { Type = "x", Count = 1, Since = DateTimeOffset.UnixEpoch }] })
            .Should().Equal(
                "Error: No consumer runs for group c; 1 delivery waits.", "Warning: Group a has 3 dead letters.",
                "Warning: 1 event of type x went to no group.", "Notice: Group b is paused; 0 deliveries wait.");

    [Fact]
    public void KeysThatWaitBehindADeadLetter_AreAWarning()
    {
        Find([Group("a", dead: 2, consumers: 1, heldKeys: 2)]).Should()
            .Equal("Warning: 2 keys wait behind a dead letter in group a.", "Warning: Group a has 2 dead letters.");
        Find([Group("a", consumers: 1, heldKeys: 1)]).Should().Equal("Warning: 1 key waits behind a dead letter in group a.");
    }

    [Fact]
    public void EachLink_HasItsNameEscaped() =>
        FindingRules.Find([Group("$triggers", dead: 1)], [], NoUnrouted, ConsumerLoopStatus.Unknown)
            .Should().ContainSingle().Which.Link.Should().Be("deliveries?group=%24triggers&status=Dead");

    [Fact]
    public void WhatThisProcessKnowsOfTheServer_IsFound() =>
        Find([], loop: new ConsumerLoopStatus
        {
            StuckHandlers = 2,
            Partitions =
            [
                new PartitionStatus
                {
                    Index = 3, EvictionPolicy = "allkeys-lru", SinceDataLoss = TimeSpan.FromMinutes(59),
                    SinceClockJump = TimeSpan.FromHours(2), ClockJump = TimeSpan.FromHours(1),
                },
            ],
        }).Should().Equal(
            "Error: Partition 3: the server may evict keys, and events with them (maxmemory-policy allkeys-lru).",
            "Error: Partition 3: the server lost its data within the last hour.",
            "Warning: 2 handlers of this process ignore their cancellation.");

    [Fact]
    public void APartitionThatWasNotRead_IsSaid() =>
        FindingRules.Find(
            [new GroupRecord { Name = "a", Types = [], Consumers = [], Counts = new GroupCounts { UnreadPartitions = [1] } }], [],
            new UnroutedCounts { Types = [], UnreadPartitions = [1, 2] }, ConsumerLoopStatus.Unknown)
            .Select(static one => one.Text).Should().Equal("Partition 1 could not be read.", "Partition 2 could not be read.");

    private static IEnumerable<string> Find(
        IReadOnlyList<GroupRecord> groups, UnroutedCounts? unrouted = null, ConsumerLoopStatus? loop = null) =>
        FindingRules.Find(groups, [], unrouted ?? NoUnrouted, loop ?? ConsumerLoopStatus.Unknown)
            .Select(static one => $"{one.Severity}: {one.Text}");

    private static GroupRecord Group(
        string name, long ready = 0, long dead = 0, int consumers = 0, TimeSpan lag = default, GroupPause? pause = null,
        long heldKeys = 0) => new()
        {
            Name = name,
            Types = [],
            Pause = pause,
            Counts = new GroupCounts { Ready = ready, Dead = dead, Lag = lag, HeldKeys = heldKeys },
            Consumers = [.. Enumerable.Range(0, consumers).Select(Consumer)],
        };

    private static ConsumerRecord Consumer(int number) => new()
    {
        Name = $"c{number}", Machine = "m", ProcessId = 1, Version = "1", StartedAt = DateTimeOffset.UnixEpoch,
        SeenAt = DateTimeOffset.UnixEpoch, Groups = [],
    };
}
