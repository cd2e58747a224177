-- Every third request is for a page that is not there.
local number = 0

function request()
   number = number + 1
   return wrk.format("GET", number % 3 == 0 and "/gone" or "/me?n=" .. number)
end

function done(summary)
   io.write('{"requests":', summary.requests, ',"mine":true}\n')
end
