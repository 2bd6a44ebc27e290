using EventTriggers.Redis;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>What a failed call says about its effect. A wrong answer loses an event, or publishes it twice.</summary>
public sealed class RedisFailuresTests
{
    public static TheoryData<string> Refusals => ["OutOfMemory", "Misconfigured", "NoAuth", "WrongPass", "NoPermission"];

    [Theory]
    [InlineData("NoScript")]
    [InlineData("TryAgain")]
    [InlineData("Busy")]
    [InlineData("Loading")]
    [InlineData("ClusterDown")]
    [InlineData("MasterDown")]
    [InlineData("ReadOnly")]
    [InlineData("NoReplicas")]
    [InlineData("MaxClients")]
    [InlineData("Moved")]
    [InlineData("Ask")]
    public void Classify_OfAnErrorBeforeTheCommandRan_IsNotExecuted(string kind) =>
        Classify(kind, "x").Should().Be(RedisFailure.NotExecuted);

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Classify_OfAServerThatIsFullOrGrantsNoAccess_IsRefused(string kind) =>
        Classify(kind, "x").Should().Be(RedisFailure.Refused);

    [Theory]
    [InlineData("ConnectionFault")]
    [InlineData("Timeout")]
    public void Classify_OfAnErrorThatComesFromTheWay_IsUnknown(string kind) => Classify(kind, "x").Should().Be(RedisFailure.Unknown);

    [Theory]
    [InlineData(
        "ERR Error running script: @user_script:1: OOM command not allowed when used memory > 'maxmemory'.", nameof(RedisFailure.Refused))]
    [InlineData("ERR Error running script: MISCONF Redis is configured to save RDB snapshots", nameof(RedisFailure.Refused))]
    [InlineData("ERR Error running script: READONLY You can't write against a read only replica.", nameof(RedisFailure.NotExecuted))]
    [InlineData("ERR Error running script: NOREPLICAS Not enough good replicas to write.", nameof(RedisFailure.NotExecuted))]
    [InlineData("ERR Error running script: attempt to index a nil value", nameof(RedisFailure.Fatal))]
    [InlineData("ERR OOMPH", nameof(RedisFailure.Fatal))]
    public void Classify_OfAPlainErrorThatQuotesAnother_GoesByWhatItQuotes(string message, string expected) =>
        Classify("UnknownError", message).ToString().Should().Be(expected);

    [Theory]
    [InlineData(CommandStatus.WaitingToBeSent, nameof(RedisFailure.NotExecuted))]
    [InlineData(CommandStatus.WaitingInBacklog, nameof(RedisFailure.NotExecuted))]
    [InlineData(CommandStatus.Sent, nameof(RedisFailure.Unknown))]
    [InlineData(CommandStatus.Unknown, nameof(RedisFailure.Unknown))]
    public void Classify_OfACallWithoutAnAnswer_DependsOnWhetherItWasSent(CommandStatus status, string expected)
    {
        RedisFailures.Classify(new RedisConnectionException(ConnectionFailureType.SocketFailure, CommandFlags.None, "x", null, status))
            .ToString().Should().Be(expected);
        RedisFailures.Classify(new RedisTimeoutException(CommandFlags.None, "x", status)).ToString().Should().Be(expected);
    }

    [Fact]
    public void Classify_OfAnythingElse_IsUnknownFromTheClientAndFatalFromOurCode()
    {
        RedisFailures.Classify(new TimeoutException()).Should().Be(RedisFailure.Unknown);
        RedisFailures.Classify(new RedisException("x")).Should().Be(RedisFailure.Unknown);
        RedisFailures.Classify(new InvalidOperationException()).Should().Be(RedisFailure.Fatal);
    }

    [Fact]
    public void IsRedis_TellsTheClientsFailuresFromOurs()
    {
        RedisFailures.IsRedis(new RedisException("x")).Should().BeTrue();
        RedisFailures.IsRedis(new TimeoutException()).Should().BeTrue();
        RedisFailures.IsRedis(new InvalidOperationException()).Should().BeFalse();
        RedisFailures.IsRedis(new OperationCanceledException()).Should().BeFalse();
    }

    [Fact]
    public void IsOfAnotherType_OnlyWhereTheServerSaysSo()
    {
        RedisFailures.IsOfAnotherType(new RedisServerException(RedisErrorKind.WrongType, CommandFlags.None, "x")).Should().BeTrue();
        RedisFailures.IsOfAnotherType(new RedisServerException(RedisErrorKind.Busy, CommandFlags.None, "x")).Should().BeFalse();
        RedisFailures.IsOfAnotherType(null).Should().BeFalse();
    }

    private static RedisFailure Classify(string kind, string message) =>
        RedisFailures.Classify(new RedisServerException(Enum.Parse<RedisErrorKind>(kind), CommandFlags.None, message));
}
