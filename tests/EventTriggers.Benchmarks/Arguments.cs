using System.Globalization;

namespace EventTriggers.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed class Arguments
{
    public List<string> Names { get; } = [];

    public bool IsJson { get; private set; }

    /// <summary>Gets the server to use; without one, each round starts one of its own.</summary>
    public string? Redis { get; private set; }

    /// <summary>
    /// Gets a value indicating whether the servers that are started keep small hashes compact, as docs/performance.md advises.
    /// </summary>
    public bool IsCompact { get; private set; }

    /// <summary>Gets how many events a rate is measured with, where the figure does not say it itself.</summary>
    public int Events { get; private set; } = 200_000;

    public static Arguments Parse(string[] args, IReadOnlyCollection<string> names)
    {
        var parsed = new Arguments();
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--json":
                    parsed.IsJson = true;
                    break;
                case "--compact":
                    parsed.IsCompact = true;
                    break;
                case "--redis" when i + 1 < args.Length:
                    parsed.Redis = args[++i];
                    break;
                case "--events" when i + 1 < args.Length:
                    parsed.Events = int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var events)
                        && events >= 1000
                        ? events
                        : throw new ArgumentException($"--events must be a number from 1000 up, but is '{args[i]}'.");
                    break;
                case ['-', ..]:
                    throw new ArgumentException($"'{args[i]}' must be --json, --compact, --redis CONNECTION or --events N.");
                case var name when names.Contains(name):
                    parsed.Names.Add(name);
                    break;
                default:
                    throw new ArgumentException($"'{args[i]}' is no figure; there are: {string.Join(", ", names)}.");
            }
        }

        if (parsed is { IsCompact: true, Redis: not null })
        {
            throw new ArgumentException("--compact is for servers that are started here; the one of --redis is left as it is.");
        }

        return parsed.Names.Count > 0 ? parsed : throw new ArgumentException($"Name at least one figure: {string.Join(", ", names)}.");
    }
}
