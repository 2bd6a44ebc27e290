using System.CommandLine;
using System.Net;
using System.Security.Claims;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tool.Commands;

internal static class DashboardCommand
{
    private const string DefaultUrls = "http://127.0.0.1:5080";

    public static Command Create(CommandSet set)
    {
        var urls = Options.Text("--urls", "urls", $"Where it is served, separated by semicolons. Default: {DefaultUrls}.");
        var readOnly = Options.Flag("--read-only", "Refuses every change.");
        var open = Options.Flag(
            "--allow-anonymous", "Shows it to everyone who can reach an address that is not of this machine. It has no logins of its own.");
        return set.Reads(
            new Command("dashboard", "Serves the dashboard until Ctrl+C: to this machine only, unless told otherwise.")
            {
                urls, readOnly, open,
            },
            call => RunAsync(call, Read(call.Get(urls) ?? DefaultUrls), call.Get(readOnly), call.Get(open)));
    }

    private static async Task<int> RunAsync(BusCall call, Uri[] urls, bool isReadOnly, bool isOpen)
    {
        if (!isOpen && Array.Find(urls, static url => !IsLoopback(url)) is { } reachable)
        {
            throw new ToolException(
                ExitCode.Usage,
                $"{reachable} can be reached from other machines, and the dashboard has no logins of its own. Use a loopback address, "
                + "or say --allow-anonymous.");
        }

        await using var app = Build(call, urls, isReadOnly, isOpen);
        await app.StartAsync(call.Token);
        foreach (var url in app.Urls)
        {
            call.Screen.Line($"The dashboard of bus {call.Bus.Settings.Prefix} at {call.Bus.Settings.Address}: {url}/");
        }

        call.Screen.Line(new Piece("Ctrl+C ends it.", Style.Dim));
        call.Terminal.Out.Flush();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Terminal.Time, call.Token);
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
        }

        return ExitCode.Done;
    }

    // Nothing around the tool configures it: no files of the folder, and no variables.
    private static WebApplication Build(BusCall call, Uri[] urls, bool isReadOnly, bool isOpen)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            // Where the dashboard is open to browsers of this machine.
            EnvironmentName = isOpen ? Environments.Production : Environments.Development,
        });
        builder.WebHost.UseKestrelCore().UseUrls([.. urls.Select(static url => url.ToString())]);
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(new ErrorLog(call.Terminal)).SetMinimumLevel(LogLevel.Warning);
        call.Bus.AddTo(builder.Services);
        var app = builder.Build();
        if (!isOpen)
        {
            app.Use((context, next) =>
            {
                context.User = new ClaimsPrincipal(
                    new ClaimsIdentity([new Claim(ClaimTypes.Name, call.Terminal.User)], authenticationType: "et"));
                return next(context);
            });
        }

        var dashboard = app.MapEventTriggersDashboard("/", options => options.IsReadOnly = isReadOnly);
        if (isOpen)
        {
            dashboard.AllowAnonymous();
        }

        return app;
    }

    private static Uri[] Read(string urls) =>
    [
        .. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static text =>
            Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.AbsolutePath == "/"
                ? url
                : throw new ToolException(
                    ExitCode.Usage,
                    $"--urls must be addresses such as {DefaultUrls}, without a path (https: put a proxy before it), but is '{text}'.")),
    ];

    private static bool IsLoopback(Uri url) =>
        url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
