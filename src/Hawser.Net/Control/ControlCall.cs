using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hawser.Net.Control;

/// <summary>One verb that a handler answers.</summary>
internal sealed class ControlCall(ControlRequest request, ControlConnection connection)
{
    public string Verb => request.Verb;

    /// <summary>Whether lines have given way to raw bytes.</summary>
    public bool IsStream { get; private set; }

    /// <summary>The arguments, as the record that control.md names for this verb.</summary>
    public T Args<T>()
        where T : class
    {
        try
        {
            if (request.Args.Deserialize((JsonTypeInfo<T>)ControlJson.Default.GetTypeInfo(typeof(T))!) is { } args)
                return args;
        }
        catch (JsonException)
        {
            // said below
        }

        throw new HawserException(Reason.Usage, $"the arguments of {Verb} are not those that this version takes",
            "use the same version of hawser for the node and its verbs: hawser down, then hawser up");
    }

    /// <summary>Sends one item.</summary>
    public Task WriteAsync<T>(T item, CancellationToken cancel)
        where T : class
    {
        if (IsStream) throw new InvalidOperationException("no lines after the stream has begun");
        var element = JsonSerializer.SerializeToElement(item, ControlJson.Default.GetTypeInfo(typeof(T))!);
        return connection.WriteLineAsync(new() { Item = element }, ControlJson.Default.ControlLine, cancel);
    }

    /// <summary>Ends the lines; raw bytes follow both ways.</summary>
    public async Task<ControlStream> SwitchToStreamAsync(CancellationToken cancel)
    {
        IsStream = true;
        await connection.WriteLineAsync(new() { Stream = true }, ControlJson.Default.ControlLine, cancel).ConfigureAwait(false);
        return connection.ToStream();
    }
}
