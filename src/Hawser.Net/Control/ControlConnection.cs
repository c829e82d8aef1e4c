using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hawser.Net.Control;

/// <summary>One side of a control connection: JSON lines, then possibly raw bytes. Spec: control.md §4.</summary>
internal sealed class ControlConnection(Socket socket) : IAsyncDisposable
{
    public const int MaxLine = 1 << 20; // control.md §6

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private byte[] _buffer = new byte[4096];
    private int _start, _end;

    public Socket Socket { get; } = socket;

    /// <summary>Sends one line.</summary>
    public async Task WriteLineAsync<T>(T line, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(line, type);
        var bytes = new byte[json.Length + 1];
        json.CopyTo(bytes, 0);
        bytes[^1] = (byte)'\n';
        await _writing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next line; null at the end, or if it is longer than a line may be.</summary>
    public async Task<T?> ReadLineAsync<T>(JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        var searched = _start;
        while (true)
        {
            var newline = _buffer.AsSpan(searched.._end).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = _buffer.AsSpan(_start..(searched + newline));
                _start = searched + newline + 1;
                return JsonSerializer.Deserialize(line, type);
            }

            if (_end - _start > MaxLine) return null;
            if (_start > 0)
            {
                _buffer.AsSpan(_start.._end).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            searched = _end;
            if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancel).ConfigureAwait(false);
            if (read == 0) return null;
            _end += read;
        }
    }

    /// <summary>The raw bytes after the last line.</summary>
    public ControlStream ToStream()
    {
        var rest = _buffer[_start.._end];
        _start = _end;
        return new(Socket, _stream, rest);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
