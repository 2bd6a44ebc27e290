using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Tests.Redis;

/// <summary>What the servers say of themselves, compared with what the client of the test asks them.</summary>
public sealed class ServerStoreTests(RedisFixture redis)
{
    [Fact]
    public async Task EachPartition_HasARecord_WithWhatItsServerSays()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = 3);

        var found = await host.Services.GetRequiredService<IServerStore>().ReadAsync();

        found.Select(static one => one.Partition).Should().Equal(0, 1, 2);
        found.Should().OnlyContain(static one => one.Failure == null && one.RefusedCommands.Count == 0);
        var text = (string)(await redis.Database.ScriptEvaluateAsync("return redis.call('INFO')"))!;
        var info = text.Split('\n').Select(static line => line.Trim().Split(':', 2)).Where(static pair => pair.Length == 2)
            .DistinctBy(static pair => pair[0]).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        found[0].Version.Should().Be(
            info.GetValueOrDefault("garnet_version") ?? info.GetValueOrDefault("valkey_version") ?? info["redis_version"]);
        found[0].EvictionPolicy.Should().Be(info.GetValueOrDefault("maxmemory_policy"));
        found[0].Role.Should().Be("master");
    }

    [Fact]
    public void WhatAServerDoesNotSay_IsNull()
    {
        var found = RedisServerStore.From(2, new ProbeReply(string.Empty, string.Empty, string.Empty, string.Empty, ["INFO"], null));

        found.Should().BeEquivalentTo(new ServerRecord { Partition = 2, RefusedCommands = ["INFO"] });
    }

    [Fact]
    public void WhatAServerSays_IsRead()
    {
        var found = RedisServerStore.From(0, new ProbeReply(
            "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.3\r\nuptime_in_seconds:3661\r\n",
            "used_memory:1048576\r\nmaxmemory:2097152\r\nmaxmemory_policy:allkeys-lru\r\n",
            "rdb_last_save_time:1790000000\r\nrdb_last_bgsave_status:err\r\naof_enabled:1\r\naof_last_write_status:ok\r\n",
            "role:master\r\nconnected_slaves:2\r\n", [], null));

        found.Should().BeEquivalentTo(new ServerRecord
        {
            Partition = 0,
            Product = "valkey",
            Version = "8.1.3",
            Uptime = new TimeSpan(1, 1, 1),
            Role = "master",
            Replicas = 2,
            UsedMemoryBytes = 1048576,
            MaxMemoryBytes = 2097152,
            EvictionPolicy = "allkeys-lru",
            HasAppendOnlyFile = true,
            LastSnapshotAt = DateTimeOffset.FromUnixTimeSeconds(1790000000),
            HasFailedToPersist = true,
        });
    }
}
