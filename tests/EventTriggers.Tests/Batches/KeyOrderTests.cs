using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Batches;

/// <summary>
/// What a process says of a batch in order. Redis lets no event end before those in front of it either; this is what logs and metrics tell.
/// </summary>
public sealed class KeyOrderTests
{
    [Theory]
    [InlineData("Done Done Done", "Done Done Done", false)]
    [InlineData("Done Retry Done Done", "Done Retry Release Release", false)]
    [InlineData("Later Done Retry Done", "Later Release Retry Release", false)]
    [InlineData("Release Done", "Release Release", false)]
    [InlineData("Abandon Done Cancel", "Abandon Release Cancel", false)]
    [InlineData("Cancel Done", "Cancel Done", false)]
    [InlineData("Dead Done", "Dead Done", false)]
    [InlineData("Dead Done Dead Retry", "Dead Release Release Retry", true)]
    [InlineData("Retry Dead Done", "Retry Dead Release", false)]
    public void WhatHasEndedBehindOneThatComesAgain_IsGivenBack(string outcomes, string expected, bool holdsDead)
    {
        var settlements = outcomes.Split(' ').Select(static word => new Settlement(NewLease(), Enum.Parse<Outcome>(word)));

        var applied = KeyOrder.Apply(settlements, holdsDead).Select(static settlement => settlement.Outcome);

        string.Join(' ', applied).Should().Be(expected);
    }

    private static Lease NewLease() => new(
        new Delivery { Group = "default", Id = "a/1", Fence = 1, Attempt = 1, Key = "a" },
        new Partition(0, new RedisKeys("test", 0), string.Empty, 0), new DeliveryQueue("default", concurrency: 1), renewed: 0);
}
