using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// One call of a script: what goes into its slots, and what its reply says. The class of <c>X.lua</c> stands beside it and is the only place that knows the order of the slots, so whoever calls the
/// script, tests and benchmarks included, names what it gives.
/// </summary>
/// <typeparam name="TReply">What the script answers.</typeparam>
internal interface IScriptRequest<out TReply>
{
    /// <summary>Gets the script.</summary>
    Script Script { get; }

    /// <summary>Writes the keys and arguments, in the order of the script's header, into an empty call.</summary>
    void Write(ScriptCall call);

    /// <summary>Reads the reply.</summary>
    /// <exception cref="InvalidOperationException">The script answered what it never should.</exception>
    TReply Read(RespResult reply);
}
