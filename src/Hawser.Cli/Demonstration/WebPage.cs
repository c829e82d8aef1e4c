using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hawser.Cli.Demonstration;

/// <summary>An HTTP server of one page, and who fetches it: each a process of its own at its place on the ground.</summary>
internal static class WebPage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Beside the page: the port that its server listens on.</summary>
    public static string PortFile(string page) => page + ".port";

    /// <summary>Serves the file until it is gone.</summary>
    public static async Task ServeAsync(string page, CancellationToken cancel)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(PortFile(page) + ".new", port, cancel);
        File.Move(PortFile(page) + ".new", PortFile(page));
        var accepting = listener.AcceptTcpClientAsync(cancel).AsTask();
        while (File.Exists(page))
        {
            if (await Task.WhenAny(accepting, Task.Delay(TimeSpan.FromSeconds(1), cancel)) != accepting) continue;
            _ = AnswerAsync(await accepting, page);
            accepting = listener.AcceptTcpClientAsync(cancel).AsTask();
        }
    }

    /// <summary>Prints what is behind a web address.</summary>
    public static async Task FetchAsync(string url, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = Patience };
        Console.Out.Write(await http.GetStringAsync(new Uri(url), cancel));
    }

    private static async Task AnswerAsync(TcpClient client, string page)
    {
        try
        {
            using (client)
            {
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                    // The request does not matter: there is one page.
                }

                var body = await File.ReadAllBytesAsync(page);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n")));
                await stream.WriteAsync(body);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Whoever asked has gone.
        }
    }
}
