using System.Text.Json;

namespace EventTriggers.Tests.Serialization;

/// <summary>What a trigger does about missed occurrences is one word in JSON, in a record, too.</summary>
public sealed class MisfireJsonTests(RedisFixture redis)
{
    public static TheoryData<string> Words => ["once", "skip", "all:1", "all:1000"];

    [Theory]
    [MemberData(nameof(Words))]
    public void Serialize_OfAPolicy_IsItsWord_AndComesBack(string word)
    {
        var policy = JsonSerializer.Deserialize<Misfire>($"\"{word}\"")!;

        policy.ToString().Should().Be(word);
        JsonSerializer.Serialize(policy).Should().Be($"\"{word}\"");
    }

    [Theory]
    [InlineData("\"all:1001\"")]
    [InlineData("\"all:\"")]
    [InlineData("\"never\"")]
    [InlineData("3")]
    [InlineData("{}")]
    public void Deserialize_OfSomethingElse_IsRefused(string json)
    {
        var read = () => JsonSerializer.Deserialize<Misfire>(json);

        read.Should().Throw<JsonException>().WithMessage("A misfire policy must be*");
    }

    [Fact]
    public async Task Serialize_OfARecord_HasTheWord()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.Cron("0 9 * * *").OnMisfire(Misfire.FireAll(7)).Publish(new Reminder(1)));

        JsonSerializer.Serialize(await host.Triggers.FindAsync(id)).Should().Contain("\"Misfire\":\"all:7\"");
    }
}
