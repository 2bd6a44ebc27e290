using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// One call of a script: the values of its slots, and the reading of its reply. The class of <c>X.lua</c> stands beside it and alone knows
/// the order of the slots; all callers, tests and benchmarks included, use names.
/// </summary>
/// <typeparam name="TReply">What the script answers.</typeparam>
internal interface IScriptRequest<out TReply>
{
    /// <summary>Gets the script.</summary>
    Script Script { get; }

    /// <summary>Writes the keys and arguments, in the order of the script's header, into an empty call.</summary>
    void Write(ScriptCall call);

    /// <summary>Reads the reply.</summary>
    /// <exception cref="InvalidOperationException">The answer is not one of those in the header of the script.</exception>
    TReply Read(RespResult reply);
}
