using System.Security.Cryptography;
using System.Text;

namespace EventTriggers;

/// <summary>One embedded Lua file with the prelude, and what else it shares, before it. Texts are constants: values reach a script through KEYS and ARGV only.</summary>
internal sealed class Script
{
    private static readonly string Prelude = Read("_prelude");

    private Script(string name, string? shared = null)
    {
        Name = name;
        Text = Prelude + (shared is null ? string.Empty : Read(shared)) + Read(name);
        Sha1 = HashOf(Text);
    }

    public static Script Publish { get; } = new("publish");

    public static Script Subscribe { get; } = new("subscribe");

    public static Script Claim { get; } = new("claim");

    public static Script Settle { get; } = new("settle");

    public static Script Renew { get; } = new("renew");

    public static Script Reap { get; } = new("reap");

    public static Script Shorten { get; } = new("shorten");

    public static Script Sweep { get; } = new("sweep");

    public static Script Mend { get; } = new("mend");

    public static Script Count { get; } = new("count");

    public static Script CancelEvent { get; } = new("cancel_event");

    public static Script Redrive { get; } = new("redrive");

    public static Script Meta { get; } = new("meta");

    public static Script Probe { get; } = new("probe");

    public static Script AddTrigger { get; } = new("add_trigger");

    public static Script CancelTrigger { get; } = new("cancel_trigger");

    public static Script PauseTrigger { get; } = new("pause_trigger");

    public static Script ResumeTrigger { get; } = new("resume_trigger");

    public static Script RescheduleTrigger { get; } = new("reschedule_trigger");

    public static Script FireTrigger { get; } = new("fire_trigger");

    public static Script Advance { get; } = new("advance");

    public static Script FirePlanned { get; } = new("fire_planned");

    public static Script Watch { get; } = new("watch");

    public static Script Unwatch { get; } = new("unwatch");

    public static Script Changes { get; } = new("changes");

    public static Script FireMatches { get; } = new("fire_matches");

    public static Script Observe { get; } = new("observe", "_over_time");

    public static Script FireWaiting { get; } = new("fire_waiting", "_over_time");

    public string Name { get; }

    public string Text { get; }

    /// <summary>Gets the hash of the text as 40 hex characters, which the client sends as EVALSHA.</summary>
    public string Sha1 { get; }

    private static string Read(string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

#pragma warning disable CA5350 // SHA-1 is how Redis names scripts; nothing is protected by it.
    private static string HashOf(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
