using System.Text;

namespace Hawser.Cli;

/// <summary>A line to type in at the foot of a terminal, while other lines come above it.</summary>
internal sealed class LineEditor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();
    private int _cursor;
    private string _prompt = "> ";
    private bool _isShown;

    /// <summary>What stands before the line.</summary>
    public string Prompt
    {
        get
        {
            lock (_gate) return _prompt;
        }

        set
        {
            lock (_gate)
            {
                if (_prompt == value) return;
                _prompt = value;
                if (_isShown) Draw();
            }
        }
    }

    /// <summary>Puts a line above the one that is being typed.</summary>
    public void Print(string line)
    {
        lock (_gate)
        {
            Console.Out.Write("\r\e[K");
            Console.Out.WriteLine(Screen.Clean(line));
            if (_isShown) Draw();
        }
    }

    /// <summary>The next line; null at the end.</summary>
    public Task<string?> ReadAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            _isShown = true;
            Draw();
        }

        // The keyboard cannot be waited for otherwise; its thread ends with the process.
        var read = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                read.TrySetResult(Read());
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                read.TrySetResult(null);
            }
        }) { IsBackground = true, Name = "keyboard" };
        thread.Start();
        return read.Task.WaitAsync(cancel);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isShown) Console.Out.Write("\r\e[K");
            _isShown = false;
        }
    }

    private string? Read()
    {
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            lock (_gate)
            {
                var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        var line = _line.ToString();
                        _line.Clear();
                        _cursor = 0;
                        Console.Out.Write("\r\e[K");
                        _isShown = false;
                        return line;
                    case ConsoleKey.D when control && _line.Length == 0:
                        Console.Out.Write("\r\e[K");
                        _isShown = false;
                        return null;
                    case ConsoleKey.Backspace when _cursor > 0:
                        var width = _cursor > 1 && char.IsLowSurrogate(_line[_cursor - 1]) ? 2 : 1;
                        _line.Remove(_cursor -= width, width);
                        break;
                    case ConsoleKey.Delete when _cursor < _line.Length: _line.Remove(_cursor, 1); break;
                    case ConsoleKey.LeftArrow when _cursor > 0: _cursor--; break;
                    case ConsoleKey.RightArrow when _cursor < _line.Length: _cursor++; break;
                    case ConsoleKey.Home: _cursor = 0; break;
                    case ConsoleKey.End: _cursor = _line.Length; break;
                    case ConsoleKey.A when control: _cursor = 0; break;
                    case ConsoleKey.E when control: _cursor = _line.Length; break;
                    case ConsoleKey.U when control:
                        _line.Remove(0, _cursor);
                        _cursor = 0;
                        break;
                    case ConsoleKey.W when control:
                        var from = _cursor;
                        while (from > 0 && _line[from - 1] == ' ') from--;
                        while (from > 0 && _line[from - 1] != ' ') from--;
                        _line.Remove(from, _cursor - from);
                        _cursor = from;
                        break;
                    default:
                        if (!char.IsControl(key.KeyChar) && key.KeyChar != '\0') _line.Insert(_cursor++, key.KeyChar);
                        break;
                }

                Draw();
            }
        }
    }

    // A line longer than the terminal is shown by its part around the cursor.
    private void Draw()
    {
        var room = Math.Max(10, (Console.WindowWidth > 0 ? Console.WindowWidth : 80) - _prompt.Length - 1);
        var start = Math.Max(0, _cursor - room);
        var shown = _line.ToString(start, Math.Min(room, _line.Length - start));
        Console.Out.Write($"\r\e[K{_prompt}{shown}");
        var back = shown.Length - (_cursor - start);
        if (back > 0) Console.Out.Write($"\e[{back}D");
    }
}
