using EventTriggers.DependencyInjection;
using EventTriggers.Events;

namespace EventTriggers.Tests.Limits;

public sealed class NameLimitTests
{
    private static readonly Dictionary<string, (int Longest, Action<string> Check)> Names = new(StringComparer.Ordinal)
    {
        ["chosen event id"] = (200, static name => NameRules.ThrowIfInvalidChoice(name)),
        ["event id"] = (240, static name => NameRules.ThrowIfInvalidEventId(name)),
        ["trigger id"] = (150, static name => Trigger.After(default).WithId(name)),
        ["event type"] = (200, static name => Trigger.On(name)),
        ["key"] = (200, static name => NameRules.ThrowIfInvalidKey(name)),
        ["name of unique work"] = (200, static name => Unique.By(name)),
        ["tag"] = (100, static name => Trigger.After(default).Tagged(name)),
        ["group"] = (100, static name => NameRules.ThrowIfInvalidGroup(name)),
        ["prefix"] = (100, static name => Validate(new RedisTriggersOptions { KeyPrefix = name })),
        ["group of the settings"] = (100, static name => Validate(new RedisTriggersOptions { Group = name })),
    };

    public static TheoryData<string> All => [.. Names.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void EachName_MayHaveItsLongestLengthAndNoMore(string kind)
    {
        var (longest, check) = Names[kind];

        check.Invoking(call => call(new string('x', longest))).Should().NotThrow();
        check.Invoking(call => call(new string('x', longest + 1))).Should().Throw<ArgumentException>()
            .WithMessage($"*1 to {longest} characters*has {longest + 1}*");
        check.Invoking(static call => call(string.Empty)).Should().Throw<ArgumentException>()
            .WithMessage($"*1 to {longest} characters*is empty*");
    }

    private static void Validate(RedisTriggersOptions options)
    {
        var rules = new RedisTriggersOptionsRules(new ServiceCollection().BuildServiceProvider());
        if (rules.Validate(name: null, options).FailureMessage is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }
}
